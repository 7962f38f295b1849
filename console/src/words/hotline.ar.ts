import hotline from '../../../phrases/hotline-console.ar.ftl?raw';
import incidents from '../../../phrases/incidents-console.ar.ftl?raw';

export default [hotline, incidents];
