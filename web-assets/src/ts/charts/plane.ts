// Where do facts and feelings disagree? Area is annual value, the whisker the interval; one quadrant is tinted, what needs
// attention is labelled, the rest fades. Each mark is also a link laid over the drawing, so that it takes focus.
import { frame, known, number, textWidth, tooltip, valueAxis, type Custom, type Option, type Shape, type Tokens } from "./base";
import type { Plane } from "./payload";

const R_MAX = 11;

interface Box { x: number; y: number; width: number; height: number }
const touches = (a: Box, b: Box): boolean => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

export function plane(data: Plane, t: Tokens, width: number): Option {
  const narrow = width < 480;
  const largest = Math.max(...data.points.map((point) => point.size), 1e-9);
  const radius = (size: number): number => Math.max(narrow ? 3.5 : 4.5, (narrow ? 9 : R_MAX) * Math.sqrt(size / largest));

  const steps = Array.from({ length: Math.floor(data.x.max / 2) - Math.ceil(data.x.min / 2) + 1 }, (_, idx) => 2 * (Math.ceil(data.x.min / 2) + idx));

  const ground: Custom = {
    type: "custom", silent: true, z: 0, clip: false, data: [[0, data.y.split]],
    renderItem: (params, api): Shape => {
      const box = params.coordSys as unknown as Box;
      const [x0 = 0, y0 = 0] = api.coord([0, data.y.split]);
      const corner = (text: string, x: number, y: number, fill: string, align: "left" | "right"): object => ({ type: "text", style: { text, x, y, fill, fontSize: 12, fontFamily: t.font, fontWeight: 560, align: align, verticalAlign: "middle", ...(narrow ? { width: box.width / 2 - 14, overflow: "break", lineHeight: 14 } : {}) } });
      return { type: "group", children: [
        { type: "rect", shape: { x: x0, y: y0, width: box.x + box.width - x0, height: box.y + box.height - y0 }, style: { fill: t.risk, opacity: 0.055 } },
        { type: "rect", shape: { ...box, r: 4 }, style: { fill: "none", stroke: t.line, lineWidth: 1 } },
        ...steps.filter((step) => step !== 0).map((step) => { const x = api.coord([step, 0])[0] ?? 0; return { type: "line", shape: { x1: x, y1: box.y, x2: x, y2: box.y + box.height }, style: { stroke: t.line, lineWidth: 1 } }; }),
        { type: "line", shape: { x1: x0, y1: box.y, x2: x0, y2: box.y + box.height }, style: { stroke: t["line-2"], lineWidth: 1 } },
        { type: "line", shape: { x1: box.x, y1: y0, x2: box.x + box.width, y2: y0 }, style: { stroke: t["line-2"], lineWidth: 1 } },
        corner(data.corners.tl, box.x + 8, box.y + 14, t.watch, "left"), corner(data.corners.tr, box.x + box.width - 8, box.y + 14, t.good, "right"),
        corner(data.corners.bl, box.x + 8, box.y + box.height - 14, t.risk, "left"), corner(data.corners.br, box.x + box.width - 8, box.y + box.height - 14, t.risk, "right"),
      ] as never };
    },
  };

  const marks: Custom = {
    type: "custom", z: 2, data: data.points.map((point) => [point.x, point.y]),
    renderItem: (params, api): Shape | null => {
      const point = data.points[params.dataIndex];
      if (!point) return null;
      const [x = 0, y = 0] = api.coord([point.x, point.y]);
      const r = radius(point.size);
      const opacity = point.faint ? 0.4 : 1;
      const whisker = known(point.low) && known(point.high) ? [{ type: "line" as const, shape: { x1: x, y1: api.coord([0, point.low])[1] ?? y, x2: x, y2: api.coord([0, point.high])[1] ?? y }, style: { stroke: t.client, lineWidth: 1.5, opacity: opacity * 0.8 } }] : [];
      return { type: "group", children: [...whisker,
        { type: "circle", shape: { cx: x, cy: y, r }, style: { fill: t.surface } },
        { type: "circle", shape: { cx: x, cy: y, r }, style: { fill: t.client, fillOpacity: point.strong ? 0.5 : 0.28, stroke: t.client, lineWidth: 1.5, opacity } },
      ] };
    },
  };

  const names: Custom = {
    type: "custom", silent: true, z: 3, clip: false, data: [[0, data.y.split]],
    renderItem: (params, api): Shape => {
      const box = params.coordSys as unknown as Box;
      const at = data.points.map((point) => { const [x = 0, y = 0] = api.coord([point.x, point.y]); return { point, x, y, r: radius(point.size) }; });
      const taken: Box[] = at.map(({ x, y, r }) => ({ x: x - r, y: y - r, width: 2 * r, height: 2 * r }));
      for (const [text, bottom, right] of [[data.corners.tl, 0, 0], [data.corners.tr, 0, 1], [data.corners.bl, 1, 0], [data.corners.br, 1, 1]] as const) {
        const w = Math.min(textWidth(text), box.width / 2);
        taken.push({ x: right ? box.x + box.width - 8 - w : box.x + 8, y: bottom ? box.y + box.height - 22 : box.y + 4, width: w, height: 18 });
      }
      const order = at.filter(({ point }) => !point.faint && (!narrow || point.strong)).sort((a, b) => Number(b.point.strong ?? false) - Number(a.point.strong ?? false));
      const children = order.flatMap(({ point, x, y, r }) => {
        const w = textWidth(point.label) + 2;
        const tries: Box[] = [
          { x: x + r + 6, y: y - 8, width: w, height: 16 }, { x: x - r - 6 - w, y: y - 8, width: w, height: 16 },
          { x: x - w / 2, y: y - r - 20, width: w, height: 16 }, { x: x - w / 2, y: y + r + 4, width: w, height: 16 },
        ];
        const free = tries.find((spot) => spot.x >= box.x + 2 && spot.x + spot.width <= box.x + box.width - 2 && spot.y >= box.y && spot.y + spot.height <= box.y + box.height && !taken.some((other) => touches(spot, other)));
        const spot = free ?? (point.strong ? tries.find((one) => one.x >= box.x && one.x + one.width <= box.x + box.width) : undefined);
        if (!spot) return [];
        taken.push(spot);
        return [{ type: "text" as const, style: { text: point.label, x: spot.x, y: spot.y + 8, verticalAlign: "middle" as const, fill: point.strong ? t.ink : t["ink-2"], fontSize: 12, fontFamily: t.font, fontWeight: point.strong ? 600 : 400, stroke: t.surface, lineWidth: 3 } }];
      });
      return { type: "group", children };
    },
  };

  return {
    ...frame(t),
    grid: { left: 28, right: 12, top: 8, bottom: 44 },
    tooltip: { ...tooltip(t, "item"), formatter: (item: { dataIndex: number }) => { const point = data.points[item.dataIndex]; return point ? point.text ?? `${point.label}\n${number(point.x)} / ${number(point.y)}${known(point.low) ? `, ${number(point.low)} to ${number(point.high ?? point.y)}` : ""}` : ""; } },
    xAxis: valueAxis(t, data.x.min, data.x.max, {
      splitLine: { show: false }, name: data.x.name, nameLocation: "middle", nameGap: 28, nameTextStyle: { color: t["ink-3"], fontSize: 12, fontFamily: t.font, width: width - 48, overflow: "truncate" },
      axisLabel: { color: t["ink-3"], fontSize: 12, fontFamily: t.font, margin: 8, customValues: steps, formatter: (value: number) => value === 0 ? data.x.target_text : `${value > 0 ? "+" : ""}${number(value)}` },
    }),
    yAxis: valueAxis(t, data.y.min, data.y.max, { interval: 1 }),
    series: [ground, marks, names],
  };
}
