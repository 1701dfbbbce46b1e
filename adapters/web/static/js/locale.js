// How the page writes times and numbers: in its own language, and as in the reader's country, where the browser names one.

const language = document.documentElement.lang;

export const locale = navigator.languages.find((each) => each === language || each.startsWith(`${language}-`)) ?? language;
export const number = new Intl.NumberFormat(locale);
export const twoDigits = new Intl.NumberFormat(locale, { minimumIntegerDigits: 2 });
