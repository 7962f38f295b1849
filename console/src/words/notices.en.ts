import notices from '../../../phrases/console-notices.en.ftl?raw';

export default [notices];
