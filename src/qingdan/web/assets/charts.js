// Charts: <div class="qd-chart" data-chart="ID"></div> with <script type="application/json" id="ID"> beside it
// (or the JSON itself in data-chart). The same figures always stand in a table of the page, so a chart that
// cannot be drawn loses nothing.
//
// JSON: {kind: "bar" | "line" | "pie", labels: [...], series: [{name, data: [...], light?: code}], unit?,
//        stacked?, horizontal?, title?, links?: [url per label]}
import { BarChart, LineChart, PieChart } from "echarts/charts";
import {
  AriaComponent,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TooltipComponent,
} from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

// SVG: crisp in print and at every zoom.
use([BarChart, LineChart, PieChart, AriaComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent, SVGRenderer]);

// As in qd.css: red only for lateness.
const LIGHTS = { done: "#1b4fa8", normal: "#2f9e63", near: "#d9a400", warning: "#e07b1f", late: "#b3211e", none: "#b9c3cf" };
const SERIES = ["#1b4fa8", "#4f9dc4", "#7a6fb5", "#8aa0bd", "#2f7f79", "#a58a52"];

const drawn = [];

function options(spec, style) {
  const series = spec.series.map((each) => ({
    name: each.name,
    type: spec.kind,
    data: each.data,
    ...(each.light ? { itemStyle: { color: LIGHTS[each.light] } } : {}),
    ...(spec.stacked ? { stack: "all" } : {}),
    ...(spec.kind === "bar" ? { barMaxWidth: 28 } : {}),
    ...(spec.kind === "line" ? { symbolSize: 6, smooth: false } : {}),
  }));
  const common = {
    color: SERIES,
    animation: false,
    textStyle: { fontFamily: style.fontFamily, color: "#3f4b5b", fontSize: parseFloat(style.fontSize) * 0.93 },
    // The pattern decal helps readers who do not see colours; the label text is the title given by the page.
    aria: { enabled: true, decal: { show: Boolean(spec.decal) }, ...(spec.title ? { label: { description: spec.title } } : {}) },
    legend: { show: spec.series.length > 1 || spec.kind === "pie", top: 0, itemWidth: 12, itemHeight: 12 },
  };
  if (spec.kind === "pie") {
    const data = spec.labels.map((name, i) => ({
      name,
      value: spec.series[0].data[i],
      ...(spec.lights ? { itemStyle: { color: LIGHTS[spec.lights[i]] } } : {}),
    }));
    return {
      ...common,
      tooltip: { trigger: "item" },
      series: [{ type: "pie", radius: ["45%", "70%"], top: 24, data, label: { formatter: "{b} {c}" } }],
    };
  }
  const names = { type: "category", data: spec.labels, axisTick: { show: false }, axisLine: { lineStyle: { color: "#cbd3dd" } } };
  const values = { type: "value", name: spec.unit || "", minInterval: 1, splitLine: { lineStyle: { color: "#e3e7ed" } } };
  return {
    ...common,
    tooltip: { trigger: "axis", axisPointer: { type: spec.kind === "bar" ? "shadow" : "line" } },
    grid: { left: 8, right: 16, top: common.legend.show ? 36 : 16, bottom: 4, containLabel: true },
    xAxis: spec.horizontal ? values : names,
    yAxis: spec.horizontal ? { ...names, inverse: true } : values,
    series,
  };
}

function draw(place) {
  if (place.dataset.drawn) return;
  const given = place.dataset.chart;
  const source = given.trim().startsWith("{") ? given : document.getElementById(given).textContent;
  const spec = JSON.parse(source);
  place.dataset.drawn = "yes";
  // A class, because an empty chart place takes no room (.qd-chart:empty).
  place.appendChild(document.createElement("div")).style.height = "100%";
  const chart = init(place.firstChild, null, { renderer: "svg" });
  chart.setOption(options(spec, getComputedStyle(document.body)));
  if (spec.links) chart.on("click", (event) => spec.links[event.dataIndex] && location.assign(spec.links[event.dataIndex]));
  drawn.push(chart);
}

function drawAll(root) {
  const places = Array.from(root.querySelectorAll("[data-chart]"));
  if (root.dataset && root.dataset.chart) places.push(root);
  places.forEach(draw);
}

drawAll(document);
document.addEventListener("htmx:load", (event) => drawAll(event.target));
const resizeAll = () => drawn.forEach((chart) => chart.resize());
window.addEventListener("resize", resizeAll);
window.addEventListener("beforeprint", resizeAll);
