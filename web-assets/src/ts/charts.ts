// The charts island: draws every <figure data-chart> from its JSON, again when the theme or the width changes.
import { bars } from "./charts/bars";
import { echarts, tokens, type Option, type Tokens } from "./charts/base";
import { distribution } from "./charts/distribution";
import { frontier } from "./charts/frontier";
import { line } from "./charts/line";
import { months } from "./charts/months";
import { plane } from "./charts/plane";
import type { Bars, Distribution, Frontier, Line, Months, Plane } from "./charts/payload";
import { $, $$, el } from "./dom";

type Draw = (data: never, t: Tokens, width: number, height: number) => Option;
const KINDS: Record<string, Draw> = {
  months: (data: Months, t, width) => months(data, t, width),
  distribution: (data: Distribution, t, width) => distribution(data, t, width),
  bars: (data: Bars, t, width) => bars(data, t, width),
  line: (data: Line, t, width, height) => line(data, t, width, height),
  plane: (data: Plane, t, width) => plane(data, t, width),
  frontier: (data: Frontier, t, width) => frontier(data, t, width),
} as Record<string, Draw>;

/** Links over the marks of a plane, since marks in a drawing take no focus. They stand outside the role=img element. */
function layLinks(figure: HTMLElement, plot: HTMLElement, chart: ReturnType<typeof echarts.init>, data: Plane): void {
  let layer = $(".hits", figure);
  if (!layer) { layer = el("div", { class: "hits" }); plot.after(layer); }
  layer.replaceChildren(...data.points.filter((point) => point.href).map((point) => {
    const [x = 0, y = 0] = chart.convertToPixel({ seriesIndex: 1 }, [point.x, point.y]) as number[];
    const link = el("a", { class: "hit", href: point.href ?? "", "aria-label": point.text ?? point.label });
    link.style.left = `${plot.offsetLeft + x}px`;
    link.style.top = `${plot.offsetTop + y}px`;
    const tip = (type: "showTip" | "hideTip") => (): void => chart.dispatchAction(type === "showTip" ? { type, seriesIndex: 1, dataIndex: data.points.indexOf(point) } : { type });
    link.addEventListener("focus", tip("showTip"));
    link.addEventListener("blur", tip("hideTip"));
    link.addEventListener("mouseenter", tip("showTip"));
    link.addEventListener("mouseleave", tip("hideTip"));
    return link;
  }));
}

function start(figure: HTMLElement): void {
  const plot = $(".plot", figure);
  const source = $("script[type='application/json']", figure);
  const draw = KINDS[figure.dataset["chart"] ?? ""];
  if (!plot || !source || !draw) return;
  const data = JSON.parse(source.textContent ?? "null") as never;
  let chart: ReturnType<typeof echarts.init> | null = null;
  const redraw = (): void => {
    const { clientWidth: width, clientHeight: height } = plot;
    if (width === 0 || height === 0) return;
    chart ??= echarts.init(plot, null, { renderer: "svg", width, height });
    chart.resize({ width, height, silent: true });
    chart.setOption(draw(data, tokens(), width, height), { notMerge: true });
    if (figure.dataset["chart"] === "plane") layLinks(figure, plot, chart, data);
    figure.dataset["drawn"] = "";
  };
  redraw();
  new ResizeObserver(redraw).observe(plot);
  figure.addEventListener("mandate:draw", redraw);
  addEventListener("mandate:theme", redraw);
}

for (const figure of $$("figure[data-chart]")) start(figure);
