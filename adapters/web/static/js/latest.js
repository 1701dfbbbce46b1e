// Asks for the latest state of something: never twice at once, and once more if it changed in between.

export function latest(ask) {
  const asking = new Map();

  async function run(name, turn) {
    try {
      do {
        turn.again = false;
        await ask(name);
      } while (turn.again);
    } finally {
      asking.delete(name);
    }
  }

  return (name = "") => {
    const going = asking.get(name);
    if (going) {
      going.again = true;
      return going.done;
    }
    const turn = { again: false };
    asking.set(name, turn);
    turn.done = run(name, turn);
    return turn.done;
  };
}
