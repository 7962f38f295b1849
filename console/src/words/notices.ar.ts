import notices from '../../../phrases/console-notices.ar.ftl?raw';

export default [notices];
