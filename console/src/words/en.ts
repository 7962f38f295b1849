import own from '../../../phrases/console.en.ftl?raw';
import common from '../../../phrases/en.ftl?raw';

export default [common, own];
