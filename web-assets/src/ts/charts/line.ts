// How do both sides see it? Two lines with bands above, facts in their own strip below, one time axis, never two y axes.
import { categoryAxis, dashOf, endLabels, evenStep, frame, known, number, symbolOf, targetLine, tooltip, valueAxis, widthOf, type Custom, type EndLabel, type Option, type Shape, type Tokens } from "./base";
import type { Line } from "./payload";

function band(data: Line["series"][number], colour: string): Custom {
  return {
    type: "custom", silent: true, z: 1, data: [[0, data.values[0] ?? 0]],
    renderItem: (_params, api): Shape => {
      const up: number[][] = [];
      const down: number[][] = [];
      data.values.forEach((value, idx) => {
        const [low, high] = [data.low?.[idx], data.high?.[idx]];
        if (!known(value) || !known(low) || !known(high)) return;
        up.push(api.coord([idx, high]));
        down.unshift(api.coord([idx, low]));
      });
      return { type: "polygon", shape: { points: [...up, ...down] }, style: { fill: colour, opacity: 0.14 } };
    },
  };
}

function changeMark(change: NonNullable<Line["change"]>, t: Tokens, bottom: number): Custom {
  return {
    type: "custom", silent: true, clip: false, z: 2, data: [[Math.floor(change.index), 0]],
    renderItem: (params, api): Shape => {
      const box = params.coordSys as unknown as { x: number; y: number; width: number };
      const [first = 0] = api.coord([0, 0]);
      const [second = 0] = api.coord([1, 0]);
      const x = first + (second - first) * change.index;
      const words = change.note ? `${change.text} · ${change.note}` : change.text;
      const left = x + words.length * 3.2 > box.x + box.width ? "right" : x - words.length * 3.2 < box.x ? "left" : "center";
      return { type: "group", children: [
        { type: "line", shape: { x1: x, y1: box.y - 6, x2: x, y2: bottom }, style: { stroke: t["ink-3"], lineDash: [4, 3], lineWidth: 1 } },
        { type: "text", style: { text: words, x, y: box.y - 15, fill: t.ink, fontSize: 12, fontFamily: t.font, fontWeight: 550, align: left, verticalAlign: "middle" } },
      ] };
    },
  };
}

export function line(data: Line, t: Tokens, width: number, height: number): Option {
  const narrow = width < 480;
  const facts = data.facts;
  const top = data.change ? 30 : 10;
  const strip = facts ? Math.min(96, height * 0.24) : 0;
  const above = { left: 36, right: narrow ? 60 : 84, top, height: height - top - 26 - (facts ? strip + 42 : 0) };
  const below = { left: 36, right: above.right, top: height - 26 - strip, height: strip };
  const every = narrow ? 3 : 1;
  const xLabels = { color: t["ink-3"], fontSize: 12, fontFamily: t.font, margin: 8, interval: (idx: number) => (data.labels.length - 1 - idx) % every === 0 };
  const labels: EndLabel[] = data.series.map((series) => ({ at: [...series.values].reverse().find(known) ?? 0, lines: [{ text: series.end_text, fill: t[series.side], bold: true }, { text: narrow || !series.end_note ? series.name : `${series.name}`, fill: t["ink-2"] }, ...(series.end_note && !narrow ? [{ text: series.end_note, fill: t["ink-3"] }] : [])] }));
  const say = (idx: number): string => [data.labels[idx] ?? "", ...data.series.map((series) => { const value = series.values[idx]; return known(value) ? `${series.name} ${number(value)}${data.unit}${known(series.low?.[idx]) ? `, ${number(series.low[idx])} to ${number(series.high?.[idx] ?? value)}` : ""}` : `${series.name} –`; }), ...(facts ? [`${facts.name} ${known(facts.values[idx]) ? number(facts.values[idx]) : "–"}`] : [])].join("\n");

  return {
    ...frame(t),
    grid: facts ? [above, below] : [above],
    tooltip: { ...tooltip(t, "axis"), formatter: (items: { dataIndex: number }[]) => say(items[0]?.dataIndex ?? 0) },
    ...(facts ? { axisPointer: { link: [{ xAxisIndex: "all" }] } } : {}),
    xAxis: [
      categoryAxis(t, data.labels, { gridIndex: 0, axisLabel: facts ? { show: false } : xLabels }),
      ...(facts ? [categoryAxis(t, data.labels, { gridIndex: 1, axisLabel: xLabels })] : []),
    ],
    yAxis: [
      valueAxis(t, data.min, data.max, { gridIndex: 0, splitNumber: 4, interval: evenStep(data.min, data.max) }),
      ...(facts ? [valueAxis(t, facts.min, facts.max, { gridIndex: 1, splitNumber: 2, name: facts.name, nameLocation: "end", nameMoveOverlap: false, nameGap: 12, nameTextStyle: { color: t["ink-2"], fontSize: 12, fontFamily: t.font, align: "left", padding: [0, 0, 0, -28] } })] : []),
    ],
    series: [
      ...data.series.map((series) => band(series, t[series.side])),
      ...data.series.map((series) => ({
        type: "line", name: series.name, data: series.values.map((value, idx) => ({ value, symbol: narrow && idx < series.values.length - 1 ? "none" : symbolOf[series.side] })), connectNulls: false, symbolSize: 7, showAllSymbol: true, z: 3, emphasis: { disabled: true },
        lineStyle: { color: t[series.side], width: widthOf[series.side], type: dashOf[series.side] }, itemStyle: { color: t[series.side], borderColor: t.surface, borderWidth: 1.5 },
      })),
      endLabels(t, labels),
      ...(facts ? [{
        type: "line", name: facts.name, xAxisIndex: 1, yAxisIndex: 1, data: facts.values, connectNulls: false, symbol: symbolOf.facts, symbolSize: 7, showAllSymbol: !narrow, showSymbol: !narrow, z: 3, emphasis: { disabled: true },
        lineStyle: { color: t.facts, width: widthOf.facts }, itemStyle: { color: t.facts, borderColor: t.surface, borderWidth: 1.5 },
        ...(known(facts.target) ? { markLine: targetLine(t, facts.target) } : {}),
      }, endLabels(t, [{ at: [...facts.values].reverse().find(known) ?? 0, lines: [{ text: facts.end_text, fill: t.facts, bold: true }] }], { xAxisIndex: 1, yAxisIndex: 1 })] : []),
      ...(data.change ? [changeMark(data.change, t, facts ? below.top + below.height : above.top + above.height)] : []),
    ],
  };
}
