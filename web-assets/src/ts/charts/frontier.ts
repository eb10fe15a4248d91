// Where is value left on the table? The exact frontier, what lies beyond it hatched, every package a mark of its owner's shape.
import { frame, known, textWidth, tooltip, valueAxis, type Custom, type Option, type Shape, type Tokens } from "./base";
import type { Frontier } from "./payload";

interface Box { x: number; y: number; width: number; height: number }

function mark(kind: Frontier["points"][number]["kind"], x: number, y: number, t: Tokens): object[] {
  switch (kind) {
    case "today": return [{ type: "circle", shape: { cx: x, cy: y, r: 5 }, style: { fill: t.surface, stroke: t.facts, lineWidth: 2 } }];
    case "none": return [[-1, 1], [1, 1]].map(([dx = 1, dy = 1]) => ({ type: "line", shape: { x1: x - 5 * dx, y1: y - 5 * dy, x2: x + 5 * dx, y2: y + 5 * dy }, style: { stroke: t["ink-2"], lineWidth: 2 } }));
    case "ours": return [{ type: "rect", shape: { x: x - 5, y: y - 5, width: 10, height: 10, r: 1 }, style: { fill: t.provider, stroke: t.surface, lineWidth: 1.5 } }];
    case "theirs": return [{ type: "circle", shape: { cx: x, cy: y, r: 5.5 }, style: { fill: t.client, stroke: t.surface, lineWidth: 1.5 } }];
    case "pick": {
      const points = Array.from({ length: 10 }, (_, idx) => { const r = idx % 2 === 0 ? 9 : 4; const a = -Math.PI / 2 + (idx * Math.PI) / 5; return [x + r * Math.cos(a), y + r * Math.sin(a)]; });
      return [{ type: "polygon", shape: { points }, style: { fill: t.accent, stroke: t.surface, lineWidth: 1.5 } }];
    }
  }
}

export function frontier(data: Frontier, t: Tokens, width: number): Option {
  const narrow = width < 480;
  const ground: Custom = {
    type: "custom", silent: true, z: 1, data: [[0, 0]],
    renderItem: (params, api): Shape => {
      const box = params.coordSys as unknown as Box;
      const [right, bottom] = [box.x + box.width, box.y + box.height];
      const curve = data.frontier.map((point) => api.coord(point)) as [number, number][];
      const best = data.best.map((point) => api.coord(point)) as [number, number][];
      const first = curve[0] ?? [box.x, box.y];
      const last = curve.at(-1) ?? [right, bottom];
      const inside = [[box.x, first[1]], ...curve, [last[0], bottom], [box.x, bottom]];
      const beyond = [[box.x, box.y], [right, box.y], [right, bottom], [last[0], bottom], ...[...curve].reverse(), [box.x, first[1]]];
      const hatch = Array.from({ length: Math.ceil((box.width + box.height) / 9) }, (_, idx) => ({ type: "line", shape: { x1: box.x + idx * 9 - box.height, y1: bottom, x2: box.x + idx * 9, y2: box.y }, style: { stroke: t["line-2"], lineWidth: 1, opacity: 0.6 } }));
      const [x0 = 0, y0 = 0] = api.coord([0, 0]);
      const better = data.better_than ? api.coord([data.better_than.x, data.better_than.y]) : null;
      return { type: "group", children: [
        { type: "group", children: hatch, clipPath: { type: "polygon", shape: { points: beyond } } },
        ...(better ? [{ type: "group", clipPath: { type: "polygon", shape: { points: inside } }, children: [{ type: "rect", shape: { x: better[0], y: box.y, width: right - (better[0] ?? 0), height: (better[1] ?? 0) - box.y }, style: { fill: t.accent, opacity: 0.1 } }] }] : []),
        { type: "line", shape: { x1: x0, y1: box.y, x2: x0, y2: bottom }, style: { stroke: t["line-2"] } },
        { type: "line", shape: { x1: box.x, y1: y0, x2: right, y2: y0 }, style: { stroke: t["line-2"] } },
        { type: "polyline", shape: { points: curve }, style: { fill: "none", stroke: t.facts, lineWidth: 1.75 } },
        { type: "polyline", shape: { points: best }, style: { fill: "none", stroke: t.facts, lineWidth: 4, lineCap: "round" } },
      ] as never };
    },
  };
  const marks: Custom = {
    type: "custom", z: 3, clip: false, data: data.points.map((point) => [point.x, point.y]),
    renderItem: (params, api): Shape | null => {
      const point = data.points[params.dataIndex];
      if (!point) return null;
      const box = params.coordSys as unknown as Box;
      const [x = 0, y = 0] = api.coord([point.x, point.y]);
      const cross: object[] = [];
      if (known(point.low) && known(point.high)) {
        const [lx = x, ly = y] = api.coord(point.low);
        const [hx = x, hy = y] = api.coord(point.high);
        cross.push({ type: "line", shape: { x1: lx, y1: y, x2: hx, y2: y }, style: { stroke: t.accent, lineWidth: 1.5 } }, { type: "line", shape: { x1: x, y1: ly, x2: x, y2: hy }, style: { stroke: t.accent, lineWidth: 1.5 } });
      }
      const left = x + 14 + textWidth(point.label) > box.x + box.width;
      const pick = point.kind === "pick";
      return { type: "group", children: [...cross, ...mark(point.kind, x, y, t), { type: "text", style: { text: point.label, x: left ? x - 12 : x + 12, y: y - (pick ? 14 : 0), align: left ? "right" : "left", verticalAlign: "middle", fill: pick ? t.accent : t.ink, fontSize: 12, fontFamily: t.font, fontWeight: pick ? 600 : 500, stroke: t.surface, lineWidth: 3 } }] as never };
    },
  };
  const name = { nameTextStyle: { color: t["ink-3"], fontSize: 12, fontFamily: t.font, width: width - 80, overflow: "truncate" } };
  return {
    ...frame(t),
    grid: { left: 48, right: 12, top: 28, bottom: 44 },
    tooltip: { ...tooltip(t, "item"), formatter: (item: { dataIndex: number }) => data.points[item.dataIndex]?.label ?? "" },
    xAxis: valueAxis(t, data.x.min, data.x.max, { name: data.x.name, nameLocation: "middle", nameGap: 28, splitNumber: narrow ? 3 : 6, ...name }),
    yAxis: valueAxis(t, data.y.min, data.y.max, { name: data.y.name, nameLocation: "end", nameMoveOverlap: false, nameGap: 12, splitNumber: 5, nameTextStyle: { color: t["ink-3"], fontSize: 12, fontFamily: t.font, align: "left", padding: [0, 0, 0, -40] } }),
    series: [ground, marks],
  };
}
