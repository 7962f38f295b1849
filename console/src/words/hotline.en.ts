import hotline from '../../../phrases/hotline-console.en.ftl?raw';
import incidents from '../../../phrases/incidents-console.en.ftl?raw';

export default [hotline, incidents];
