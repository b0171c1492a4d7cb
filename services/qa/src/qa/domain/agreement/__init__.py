"""How well people agree, for every type of label: coefficients, intervals, what costs most."""
