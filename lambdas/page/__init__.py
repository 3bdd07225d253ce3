"""The files of the page: no build step, no library in the browser."""
