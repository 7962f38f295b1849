import notices from '../../../phrases/console-notices.ru.ftl?raw';

export default [notices];
