// How long do cases take? Counts by class, the target as a dotted vertical.
import { categoryAxis, frame, known, number, tooltip, valueAxis, type Custom, type Option, type Shape, type Tokens } from "./base";
import type { Distribution } from "./payload";

export function distribution(data: Distribution, t: Tokens, width: number): Option {
  const at = data.target_index;
  const every = Math.max(1, Math.ceil(data.bins.length / (width / 36)));
  const mark: Custom[] = known(at) ? [{
    type: "custom", silent: true, clip: false, z: 4, data: [[at, 0]],
    renderItem: (params): Shape => {
      const box = params.coordSys as unknown as { x: number; y: number; width: number; height: number };
      const x = box.x + (box.width * at) / data.bins.length;
      const right = x + 8 + (data.target_text ?? "").length * 6.3 > box.x + box.width;
      return { type: "group", children: [
        { type: "line", shape: { x1: x, y1: box.y - 8, x2: x, y2: box.y + box.height }, style: { stroke: t.facts, opacity: 0.7, lineDash: [2, 3], lineWidth: 1.25 } },
        { type: "text", style: { text: data.target_text ?? "", x: right ? x - 6 : x + 6, y: box.y - 4, fill: t["ink-2"], fontSize: 12, fontFamily: t.font, align: right ? "right" : "left", verticalAlign: "middle" } },
      ] };
    },
  }] : [];
  return {
    ...frame(t),
    grid: { left: 40, right: 8, top: 22, bottom: 42 },
    tooltip: { ...tooltip(t, "item"), formatter: (item: { dataIndex: number }) => { const bin = data.bins[item.dataIndex]; return bin ? bin.text ?? `${bin.label}: ${number(bin.n)}` : ""; } },
    xAxis: categoryAxis(t, data.bins.map((bin) => bin.label), { name: data.x_name, nameLocation: "middle", nameGap: 26, nameTextStyle: { color: t["ink-3"], fontSize: 12, fontFamily: t.font }, axisLabel: { color: t["ink-3"], fontSize: 12, fontFamily: t.font, margin: 8, interval: (idx: number) => idx % every === 0 } }),
    yAxis: valueAxis(t, 0, undefined as unknown as number, { minInterval: 1, splitNumber: 3 }),
    series: [{
      type: "bar", barCategoryGap: "12%", emphasis: { disabled: true },
      data: data.bins.map((bin) => ({ value: bin.n, itemStyle: bin.past ? { color: alpha(t.facts, 0.18), borderColor: t.facts, borderWidth: 1, borderRadius: [2, 2, 0, 0] } : { color: t.facts, borderRadius: [2, 2, 0, 0] } })),
    }, ...mark],
  };
}

/** A hex colour with an alpha channel. */
export function alpha(hex: string, share: number): string {
  if (!hex.startsWith("#")) return "Canvas";
  return `${hex}${Math.round(share * 255).toString(16).padStart(2, "0")}`;
}
