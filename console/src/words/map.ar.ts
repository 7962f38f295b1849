import map from '../../../phrases/console-map.ar.ftl?raw';

export default [map];
