/** What every motif draws with: the canvas, one hue that holds the image together, and seeded chance. */
export type Brush = { width: number; height: number; hue: number; isNight: boolean; random: () => number };

const number = (value: number) => value.toFixed(1);
const times = (count: number, draw: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => draw(i)).join('');
const colour = (hue: number, saturation: number, light: number) =>
  `hsl(${Math.round(hue) % 360} ${saturation}% ${light}%)`;
const circle = (x: number, y: number, r: number, fill: string, opacity = 1) =>
  `<circle cx="${number(x)}" cy="${number(y)}" r="${number(r)}" fill="${fill}" opacity="${opacity}"/>`;

export function stars({ width, height, random }: Brush): string {
  return times(90, () =>
    circle(
      random() * width,
      random() * height * 0.7,
      (0.5 + random() * 1.6) * (width / 700),
      '#fff8e0',
      0.4 + random() * 0.6,
    ),
  );
}

export function sun({ width, height, isNight, random }: Brush): string {
  const x = width * (0.25 + random() * 0.5);
  const y = height * (0.2 + random() * 0.18);
  const radius = Math.min(width, height) * (0.07 + random() * 0.04);
  const fill = isNight ? '#f4efdc' : '#ffd36b';
  return (
    times(4, (ring) => circle(x, y, radius * (2.4 - ring * 0.45), fill, 0.1)) + circle(x, y, radius, fill)
  );
}

/** A ridge from left to right as a closed area down to the lower edge. */
function ridge(
  brush: Brush,
  options: { y: number; rough: number; steps: number; fill: string; isRound?: boolean },
): string {
  const { width, height, random } = brush;
  const points = Array.from({ length: options.steps + 1 }, (_, i): [number, number] => [
    (width * i) / options.steps,
    height * (options.y - (i % 2 === 0 ? 0 : options.rough) * (0.45 + random() * 0.55)),
  ]);
  const line = options.isRound
    ? points.slice(1).map(([x, y], i) => {
        const from = points[i] ?? [0, 0];
        const middle = number((from[0] + x) / 2);
        return `C${middle} ${number(from[1])} ${middle} ${number(y)} ${number(x)} ${number(y)}`;
      })
    : points.slice(1).map(([x, y]) => `L${number(x)} ${number(y)}`);
  const start = points[0] ?? [0, height];
  return `<path d="M${number(start[0])} ${number(start[1])}${line.join('')}L${width} ${height}L0 ${height}Z" fill="${options.fill}"/>`;
}

export function mountains(brush: Brush): string {
  const base = brush.isNight ? 14 : 42;
  return (
    ridge(brush, { y: 0.62, rough: 0.3, steps: 6, fill: colour(brush.hue + 15, 28, base + 26) }) +
    ridge(brush, { y: 0.72, rough: 0.24, steps: 8, fill: colour(brush.hue + 22, 30, base + 12) }) +
    ridge(brush, { y: 0.86, rough: 0.16, steps: 6, fill: colour(brush.hue + 30, 32, base) })
  );
}

export function hills(brush: Brush): string {
  const base = brush.isNight ? 12 : 38;
  return times(3, (i) =>
    ridge(brush, {
      y: 0.72 + i * 0.11,
      rough: 0.12,
      steps: 4 + i,
      fill: colour(brush.hue + 70 + i * 12, 34, base + 18 - i * 9),
      isRound: true,
    }),
  );
}

export function sea(brush: Brush): string {
  const { width, height, random, isNight } = brush;
  const top = height * 0.66;
  const light = isNight ? 22 : 48;
  const water = `<rect y="${number(top)}" width="${width}" height="${number(height - top)}" fill="${colour(205, 52, light)}"/>`;
  const waves = times(34, () => {
    const y = top + random() ** 0.8 * (height - top);
    const long = width * (0.04 + random() * 0.12) * (0.4 + (y - top) / (height - top));
    return `<rect x="${number(random() * width)}" y="${number(y)}" width="${number(long)}" height="${number(height / 260)}" rx="2" fill="#fff" opacity=".28"/>`;
  });
  const x = width * (0.2 + random() * 0.55);
  const s = Math.min(width, height) * 0.075;
  const y = top + s * 0.9;
  const boat = `<path d="M${number(x - s)} ${number(y)}h${number(2 * s)}l${number(-s * 0.4)} ${number(s * 0.4)}h${number(-s * 1.2)}Z" fill="#5b3a29"/><path d="M${number(x)} ${number(y - s * 0.1)}v${number(-s * 1.7)}l${number(s * 0.9)} ${number(s * 1.6)}Z" fill="#fffaf0"/>`;
  return water + waves + boat;
}

export function forest(brush: Brush): string {
  const { width, height, random, isNight, hue } = brush;
  const isAutumn = hue < 60;
  return times(3, (row) =>
    times(9 + row * 3, (i) => {
      const size = height * (0.16 + row * 0.05 + random() * 0.06);
      const x = (width * (i + random())) / (9 + row * 3);
      const y = height * (0.8 + row * 0.1);
      const fill = colour(
        isAutumn ? 12 + random() * 34 : 128 + random() * 26,
        38,
        (isNight ? 13 : 36) - row * 5 + random() * 6,
      );
      const layer = (part: number) =>
        `<path d="M${number(x)} ${number(y - size * part)}l${number(size * 0.26)} ${number(size * 0.5)}h${number(-size * 0.52)}Z" fill="${fill}"/>`;
      return `<rect x="${number(x - size * 0.03)}" y="${number(y - size * 0.12)}" width="${number(size * 0.06)}" height="${number(size * 0.24)}" fill="#4a3426"/>${layer(0.6)}${layer(0.8)}${layer(1)}`;
    }),
  );
}

export function city({ width, height, random, isNight, hue }: Brush): string {
  return times(2, (row) =>
    times(11, (i) => {
      const w = width * (0.07 + random() * 0.05);
      const h = height * (0.22 + random() * 0.32) * (row === 0 ? 1.2 : 0.85);
      const x = (width * i) / 11 + random() * width * 0.02;
      const y = height - h;
      const wall = `<rect x="${number(x)}" y="${number(y)}" width="${number(w)}" height="${number(h)}" fill="${colour(hue + 10, 22, (isNight ? 16 : 46) - row * 8 + random() * 8)}"/>`;
      const rows = Math.floor(h / (height * 0.045));
      const windows = times(rows * 3, (k) => {
        if (random() < 0.45) return '';
        const wx = x + w * (0.16 + (k % 3) * 0.27);
        const wy = y + height * 0.02 + Math.floor(k / 3) * height * 0.043;
        return `<rect x="${number(wx)}" y="${number(wy)}" width="${number(w * 0.14)}" height="${number(height * 0.02)}" fill="${isNight ? '#ffd98a' : '#eef4fa'}" opacity=".85"/>`;
      });
      return wall + windows;
    }),
  );
}

export function flower({ width, height, random, hue }: Brush): string {
  const size = Math.min(width, height) * 0.17;
  const x = width * (0.42 + random() * 0.16);
  const y = height * 0.42;
  const petals = 7 + Math.floor(random() * 5);
  const stem = `<path d="M${number(x)} ${number(y)}Q${number(x + size * 0.3)} ${number(height * 0.7)} ${number(x)} ${height}" stroke="#3f7d4a" stroke-width="${number(size * 0.13)}" fill="none"/>`;
  const leaf = `<ellipse cx="${number(x + size * 0.62)}" cy="${number(height * 0.74)}" rx="${number(size * 0.55)}" ry="${number(size * 0.19)}" fill="#4d9159" transform="rotate(-28 ${number(x + size * 0.62)} ${number(height * 0.74)})"/>`;
  const bloom = times(petals, (i) => {
    const angle = (360 * i) / petals;
    return `<ellipse cx="${number(x)}" cy="${number(y - size * 0.78)}" rx="${number(size * 0.34)}" ry="${number(size * 0.72)}" fill="${colour(hue + 340, 74, 62 + (i % 2) * 8)}" transform="rotate(${number(angle)} ${number(x)} ${number(y)})"/>`;
  });
  return stem + leaf + bloom + circle(x, y, size * 0.4, '#f2b632') + circle(x, y, size * 0.26, '#dd9620');
}

export function cat({ width, height, random, hue }: Brush): string {
  const s = Math.min(width, height) * 0.2;
  const x = width * (0.42 + random() * 0.16);
  const y = height * 0.5;
  const fur = colour(random() < 0.5 ? 26 : hue + 20, 38, 44);
  const at = (dx: number, dy: number) => `${number(x + dx * s)} ${number(y + dy * s)}`;
  const ear = (side: number) =>
    `<path d="M${at(side * 0.85, -0.35)}L${at(side * 0.8, -1.35)}L${at(side * 0.15, -0.8)}Z" fill="${fur}"/>`;
  const eye = (side: number) =>
    circle(x + side * s * 0.38, y - s * 0.1, s * 0.17, '#e8f0b8') +
    circle(x + side * s * 0.38, y - s * 0.1, s * 0.08, '#1f1f1f');
  const whiskers = times(6, (i) => {
    const side = i < 3 ? -1 : 1;
    return `<path d="M${at(side * 0.3, 0.35)}L${at(side * 1.25, 0.15 + (i % 3) * 0.2)}" stroke="#fff" stroke-width="${number(s * 0.02)}" opacity=".8"/>`;
  });
  return `<path d="M${at(0.9, 2)}Q${at(2.4, 1.8)} ${at(1.7, 0.5)}" stroke="${fur}" stroke-width="${number(s * 0.3)}" stroke-linecap="round" fill="none"/>
<ellipse cx="${number(x)}" cy="${number(y + s * 1.55)}" rx="${number(s)}" ry="${number(s * 1.15)}" fill="${fur}"/>${ear(-1)}${ear(1)}${circle(x, y, s, fur)}${eye(-1)}${eye(1)}
<path d="M${at(-0.12, 0.22)}h${number(s * 0.24)}l${number(-s * 0.12)} ${number(s * 0.14)}Z" fill="#e58f8f"/>${whiskers}`;
}
