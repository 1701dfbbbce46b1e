// Text as people see it: full-width letters and the like as the plain ones, nothing that is invisible. As the bot reads it.

const UNSEEN = /[\p{Default_Ignorable_Code_Point}\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ufff9-\ufffb]/gu;
const BLANK = /^[\p{White_Space}\x1c-\x1f\u2800]*$/u;
// Copying leaves spaces of no width at the ends of words.
const WORD = /[^\p{White_Space}\x1c-\x1f\u200b\u2060\ufeff](?:[^\p{White_Space}\x1c-\x1f]*[^\p{White_Space}\x1c-\x1f\u200b\u2060\ufeff])?/gu;

export const visible = (text) => text.normalize("NFKC").replace(UNSEEN, "");
export const isBlank = (text) => BLANK.test(visible(text));

// The words in which there is something to see, each as it looks, and where it begins and ends.
export function wordsOf(text) {
  const words = [...text.matchAll(WORD)].map((found) => ({
    seen: visible(found[0]),
    start: found.index,
    end: found.index + found[0].length,
  }));
  return words.filter((each) => !isBlank(each.seen));
}
