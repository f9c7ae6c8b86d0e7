// A signal that ends a fetch after so many milliseconds. AbortSignal.timeout is younger than the browsers of the offices.
export function limit(milliseconds) {
  const control = new AbortController();
  setTimeout(() => control.abort(), milliseconds);
  return control.signal;
}
