"""Times the GPU libraries that gapwave is compared with: __main__.py says how to run it."""
