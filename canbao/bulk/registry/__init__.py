"""The register as the accepted sources and their links say it should be, and how it differs from what stands."""
