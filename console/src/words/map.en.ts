import map from '../../../phrases/console-map.en.ftl?raw';

export default [map];
