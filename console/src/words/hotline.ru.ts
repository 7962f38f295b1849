import hotline from '../../../phrases/hotline-console.ru.ftl?raw';
import incidents from '../../../phrases/incidents-console.ru.ftl?raw';

export default [hotline, incidents];
