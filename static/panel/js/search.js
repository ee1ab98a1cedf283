// Finds people by name and number as one types. Pure: rows in, ranked rows out; 5,000 rows take a few milliseconds.

import { dialable } from "./format.js";
import { compare } from "./select.js";

// Letters that Unicode does not take apart into a base letter and a mark.
const PLAIN = { ł: "l", ø: "o", đ: "d", ð: "d", ħ: "h", ı: "i", ß: "ss", æ: "ae", œ: "oe", þ: "th" };

/** Lower case, without diacritics: "Zofia Wróbel" and "Łukasz" become "zofia wrobel" and "lukasz". */
export function fold(text) {
  return text
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[łøđðħıßæœþ]/g, (letter) => PLAIN[letter]);
}

const EXACT_NUMBER = 0;
const NUMBER = 1;
const NAME = 2;
const WORD = 3;
const INITIALS = 4;
const GROUP = 5;
const INSIDE = 6;
const NO_MATCH = 99;

const AVAILABILITY = ["idle", "ringing", "talking", "held", "dnd", "offline", "unknown"];

export class SearchIndex {
  #entries = new Map();
  #inOrder = {}; // all entries by name, and by number, once somebody has asked

  /** Returns whether the row is new or is called otherwise now. */
  put(row) {
    const known = this.#entries.get(row.key);
    if (known !== undefined && ["name", "number", "group"].every((field) => known.row[field] === row[field])) {
      known.row = row; // its state changes many times a minute, its place never
      return false;
    }
    const name = fold(row.name);
    const words = name.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
    this.#entries.set(row.key, {
      row,
      name,
      words,
      initials: words.map((word) => word[0]).join(""),
      group: fold(row.group),
      number: row.number,
    });
    this.#inOrder = {};
    return true;
  }

  /** Returns whether there was such a row. */
  delete(key) {
    const wasThere = this.#entries.delete(key);
    if (wasThere) this.#inOrder = {};
    return wasThere;
  }

  get size() {
    return this.#entries.size;
  }

  /**
   * The best `limit` rows for what was typed: every word has to match something. Better matches first, then whoever
   * is free.
   */
  find(query, limit = 40) {
    const words = fold(query).split(/\s+/).filter(Boolean);
    if (words.length === 0) return [];
    const digits = dialable(query);
    // Who types digits knows the number: then the order is that of the numbers, and else who is free comes first.
    const entries =
      digits === ""
        ? (this.#inOrder.name ??= [...this.#entries.values()].sort(byName))
        : (this.#inOrder.number ??= [...this.#entries.values()].sort(byNumber));
    const hits = []; // by how well they match, each in that order
    for (const entry of entries) {
      const rank =
        digits !== "" ? Math.min(rankNumber(entry, digits), rankWords(entry, words)) : rankWords(entry, words);
      if (rank === NO_MATCH) continue;
      const free = digits === "" ? AVAILABILITY.indexOf(entry.row.state) : 0;
      const alike = (hits[rank * AVAILABILITY.length + free] ??= []);
      if (alike.length < limit) alike.push(entry.row);
    }
    return hits.flat().slice(0, limit);
  }
}

const byName = (a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.number < b.number ? -1 : 1);
const byNumber = (a, b) => compare(a.number, b.number);

function rankNumber(entry, digits) {
  if (entry.number === digits) return EXACT_NUMBER;
  return entry.number.startsWith(digits) ? NUMBER : NO_MATCH;
}

/** The worst of the words' ranks; the first word counts as the name's beginning when the name begins with it. */
function rankWords(entry, words) {
  let worst = 0;
  for (const word of words) worst = Math.max(worst, rankWord(entry, word, words.length));
  return worst;
}

function rankWord(entry, word, count) {
  if (entry.number === word) return EXACT_NUMBER;
  if (entry.name.startsWith(word)) return NAME;
  if (entry.words.some((each) => each.startsWith(word))) return WORD;
  if (entry.number.startsWith(word)) return NUMBER;
  if (count === 1 && word.length > 1 && entry.initials.startsWith(word)) return INITIALS;
  if (entry.group.startsWith(word)) return GROUP;
  if (word.length > 1 && entry.name.includes(word)) return INSIDE;
  return NO_MATCH;
}
