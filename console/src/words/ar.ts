import own from '../../../phrases/console.ar.ftl?raw';
import common from '../../../phrases/ar.ftl?raw';

export default [common, own];
