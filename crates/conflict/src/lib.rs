//! Exact geometry on the WGS-84 ellipsoid
