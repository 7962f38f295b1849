import represented from '../../../phrases/represented.ru.ftl?raw';

export default [represented];
