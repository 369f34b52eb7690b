/** Moves marks that would cover one another apart, as little as needed; large marks stand firmer than small ones. */

const ROUNDS = 30;
const FARTHEST_PX = 46;
const CLOSER = 0.94;

/** Give `[dx, dy]` in pixels for each of `{x, y, radius}`. */
export function spread(marks) {
  const now = marks.map(({ x, y, radius }, i) => ({ x: x + Math.cos(i * 2.4) * 0.01, y: y + Math.sin(i * 2.4) * 0.01, radius, mass: radius ** 2 }));
  for (let round = 0; round < ROUNDS; round += 1) {
    if (!pushAll(now)) break;
    now.forEach((mark, i) => leash(mark, marks[i]));
  }
  return now.map((mark, i) => [mark.x - marks[i].x, mark.y - marks[i].y]);
}

function pushAll(marks) {
  let moved = false;
  for (let i = 0; i < marks.length; i += 1) {
    for (let j = i + 1; j < marks.length; j += 1) moved = push(marks[i], marks[j]) || moved;
  }
  return moved;
}

function push(a, b) {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const apart = Math.hypot(dx, dy);
  const overlap = (a.radius + b.radius) * CLOSER - apart;
  if (overlap <= 0.5) return false;
  const share = b.mass / (a.mass + b.mass);
  const [ux, uy] = [dx / apart, dy / apart];
  a.x -= ux * overlap * share;
  a.y -= uy * overlap * share;
  b.x += ux * overlap * (1 - share);
  b.y += uy * overlap * (1 - share);
  return true;
}

function leash(mark, home) {
  const away = Math.hypot(mark.x - home.x, mark.y - home.y);
  if (away <= FARTHEST_PX) return;
  mark.x = home.x + ((mark.x - home.x) * FARTHEST_PX) / away;
  mark.y = home.y + ((mark.y - home.y) * FARTHEST_PX) / away;
}
