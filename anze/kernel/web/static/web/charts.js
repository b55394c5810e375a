/* Charts: <div class="az-chart" data-chart="sales" role="img" aria-label="…"></div> beside
   {{ option|json_script:"sales" }}. Load after vendor/echarts/echarts.min.js, on chart pages only. */
"use strict";
(() => {
  /* Ink, pine and greys: a chart must not look like a risk grade. */
  const theme = {
    color: ["#0e5c54", "#1c2422", "#7fb0a7", "#98a6a1", "#7d2550", "#c9d0cd"],
    textStyle: { fontFamily: "inherit", color: "#1c2422" },
    categoryAxis: { axisLine: { lineStyle: { color: "#98a6a1" } }, axisTick: { show: false }, axisLabel: { color: "#4f5a56" } },
    valueAxis: { splitLine: { lineStyle: { color: "#eaeeec" } }, axisLabel: { color: "#4f5a56" } },
    grid: { left: 8, right: 8, top: 32, bottom: 8, containLabel: true },
  };

  function draw(box) {
    const source = document.getElementById(box.dataset.chart);
    if (!source || !window.echarts || window.echarts.getInstanceByDom(box)) return;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    /* rich text instead of HTML in tooltips: the content policy allows no style attributes */
    const option = { animation: !still, tooltip: { trigger: "axis" }, ...JSON.parse(source.textContent) };
    option.tooltip = { ...option.tooltip, renderMode: "richText" };
    const chart = window.echarts.init(box, theme, { renderer: "svg" });
    chart.setOption(option);
    new ResizeObserver(() => chart.resize()).observe(box);
  }

  const drawAll = (root) => root.querySelectorAll("[data-chart]").forEach(draw);
  document.addEventListener("DOMContentLoaded", () => drawAll(document));
  document.addEventListener("htmx:afterSwap", (event) => drawAll(event.detail.target));
})();
