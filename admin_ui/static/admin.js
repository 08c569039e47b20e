// What is nicer with a script, and works without. Each part looks for its own data attribute.

focusOnWhatIsSaid();

// A form that came back: the list of what is to mend is read first.
function focusOnWhatIsSaid() {
  document.querySelector("[data-focus]")?.focus();
}
