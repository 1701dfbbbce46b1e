// Whether a key belongs to an input method, such as the Enter that confirms a conversion: it means nothing to the page.
// Safari has ended the composition by then, and tells it by the key code alone: https://bugs.webkit.org/show_bug.cgi?id=165004

export const isComposing = (event) => event.isComposing || event.keyCode === 229;
