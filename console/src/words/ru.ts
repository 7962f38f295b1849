import own from '../../../phrases/console.ru.ftl?raw';
import common from '../../../phrases/ru.ftl?raw';

export default [common, own];
