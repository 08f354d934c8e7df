"""Install Gatekeeper: two packages, and one file for Twisted's plugin folder."""

from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent
VERSION = next(
    line.split('"')[1]
    for line in (HERE / "gatekeeper" / "__init__.py").read_text("utf-8").splitlines()
    if line.startswith("__version__")
)

setup(
    name="gatekeeper-gateway",
    version=VERSION,
    description="An API gateway on Twisted that runs KrakenD configuration files unchanged",
    long_description=(HERE / "README.md").read_text("utf-8"),
    long_description_content_type="text/markdown",
    license="MIT",
    python_requires=">=3.11",
    packages=[
        *find_packages(include=["gatekeeper", "gatekeeper.*"]),
        "gatekeeper_admin",
        *(f"gatekeeper_admin.{name}" for name in find_packages("admin/gatekeeper_admin")),
        "twisted.plugins",
    ],
    package_dir={"gatekeeper_admin": "admin/gatekeeper_admin"},
    package_data={
        "gatekeeper": ["py.typed", "demo/*.json"],
        "gatekeeper_admin": ["py.typed", "templates/*.html", "static/*"],
        "twisted.plugins": ["gatekeeper_plugin.py"],
    },
    install_requires=[
        "twisted[tls]>=26.10",
        "treq>=24.9",
        "klein>=24.8",
        "prometheus-client>=0.21",
        "pyopenssl>=24.3",
        "cryptography>=43",
        "service-identity>=24.2",
        "attrs>=24.2",
        "google-re2>=1.1.20251105",
        "httptools>=0.7",
        "orjson>=3.10",
        "PyYAML>=6.0.2",
        "uvloop>=0.21; platform_system != 'Windows'",
        # An early version that was measured and attacked: no other until it was, too.
        "ngh2==0.3.0",
    ],
    extras_require={
        "cel": ["cel-expr-python>=0.1.3"],
        "json-schema": ["jsonschema-rs>=0.61"],
        "h2": ["h2>=4.4.1", "hpack>=4.2.0"],
        "nacl": ["PyNaCl>=1.5"],
        "all": [
            "cel-expr-python>=0.1.3",
            "h2>=4.4.1",
            "hpack>=4.2.0",
            "jsonschema-rs>=0.61",
            "PyNaCl>=1.5",
        ],
        "dev": [
            "h2>=4.4.1",
            "hpack>=4.2.0",
            "PyNaCl>=1.5",
            "build",
            "cel-expr-python>=0.1.3",
            "coverage>=7.6",
            "import-linter>=2.1",
            "joserfc>=1.4",
            "jsonschema-rs>=0.61",
            "mypy>=1.13",
            "ruff>=0.8",
            "tox>=4.23",
            "types-PyYAML",
            "types-pyOpenSSL",
        ],
    },
    entry_points={"console_scripts": ["gatekeeper = gatekeeper.__main__:main"]},
    classifiers=[
        "Development Status :: 4 - Beta",
        "Framework :: Twisted",
        "Intended Audience :: System Administrators",
        "Operating System :: POSIX",
        "Programming Language :: Python :: 3 :: Only",
        "Topic :: Internet :: WWW/HTTP :: HTTP Servers",
        "Typing :: Typed",
    ],
)
