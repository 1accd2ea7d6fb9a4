"""How students are really trained: laws of discrete steps, and students trained by SGD."""
