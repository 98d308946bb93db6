"""How the settings become the parts of a plan, in modules by what they become. Pure: no torch, no machine."""
