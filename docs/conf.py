"""The documentation site: ``make docs`` builds it into docs/_build/html, without a network."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "docs" / "_ext")]

import symmerge  # noqa: E402 - found through the path above

project = "symmerge"
author = "The symmerge authors"
project_copyright = "the symmerge authors, BSD-3-Clause"
version = release = symmerge.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinxcontrib.katex",
    "generated",
]
exclude_patterns = ["_build"]
# Short names in attribute lists ("d", "number") may mean several things and need no link.
suppress_warnings = ["ref.python"]

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 4
myst_url_schemes = ("http", "https", "mailto")

# KaTeX is shipped with its Sphinx extension and writes MathML, which browsers draw with their own
# fonts: nothing is fetched when a page is looked at.
katex_css_path = "symmerge.css"
katex_options = "output: 'mathml', throwOnError: false"

html_theme = "furo"
html_title = "symmerge"
html_favicon = "_static/favicon.svg"
html_static_path = ["_static"]
html_js_files = ["spacing.js"]
html_show_sphinx = False
html_copy_source = False
html_theme_options = {"top_of_page_buttons": []}

autodoc_default_options = {"members": True}
autodoc_member_order = "bysource"
autodoc_typehints = "none"
napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False
