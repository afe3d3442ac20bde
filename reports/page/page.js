'use strict'
// What every page of soak does with scripts: the theme, charts with a cursor, and
// buttons that copy. All text stands in the page without them.

const soak = (() => {
  const root = document.documentElement
  const specs = JSON.parse(document.getElementById('charts').textContent)
  const plots = new Map() // by the chart's id
  root.classList.add('scripts')

  // ---- numbers as people say them; units.go and page_units.go say the same ----

  const digits = (v, n = 3) => v.toLocaleString('en', { maximumSignificantDigits: n }).replace('-', '−')
  const short = (v) => v.toLocaleString('en', { maximumSignificantDigits: 2, notation: 'compact' }).replace('K', 'k')
  const two = (n) => String(n).padStart(2, '0')

  const span = (s) => {
    const a = Math.abs(s)
    if (a === 0) return '0 s'
    if (a < 1) return `${digits(s * 1000)} ms`
    if (a < 120) return `${digits(s)} s`
    return a < 7200 ? `${digits(s / 60)} min` : `${digits(s / 3600)} h`
  }

  const clock = (s) => {
    const [h, m, sec] = [Math.floor(s / 3600), Math.floor(s / 60) % 60, Math.round(s * 100) / 100 % 60]
    const rest = two(Math.floor(sec)) + (sec % 1 ? (sec % 1).toFixed(2).slice(1) : '')
    return h ? `${h}:${two(m)}:${rest}` : `${m}:${rest}`
  }

  const chance = (p) => {
    if (p <= 0) return 'none'
    if (p >= 0.995) return 'all'
    return p >= 0.1 ? `${digits(100 * p, 2)} %` : `1 in ${short(1 / p)}`
  }

  const units = {
    seconds: span,
    clock,
    chance,
    count: (v) => digits(v, 4),
    rate: (v) => `${digits(v)}/s`,
    share: (v) => `${digits(100 * v)} %`,
    bits: (v) => (v < 1e6 ? `${Math.round(v / 1e3)} kbit/s` : `${digits(v / 1e6)} Mbit/s`),
  }
  const say = (axis, v) => (v == null ? '–' : units[axis.unit](v))

  // ---- charts ----

  // colour resolves one of the style sheet's names, as canvases need it.
  // Asking lays out the page, so each is asked for once a theme.
  const inks = new Map()
  const colour = (name) => {
    if (inks.has(name)) return inks.get(name)
    const probe = document.createElement('i')
    probe.style.color = `var(--${name})`
    document.body.append(probe)
    const found = getComputedStyle(probe).color
    probe.remove()
    inks.set(name, found)
    return found
  }

  const faint = (rgb, alpha) => rgb.replace(/^rgba?\(([^,]+),([^,]+),([^,)]+).*$/, `rgba($1,$2,$3,${alpha})`)

  // shapes are drawn around (x, y) with a radius; they match the legend's swatches.
  const shapes = {
    circle: (c, x, y, r) => { c.arc(x, y, r, 0, 2 * Math.PI); c.fill() },
    ring: (c, x, y, r) => { c.arc(x, y, r, 0, 2 * Math.PI); c.stroke() },
    cross: (c, x, y, r) => {
      c.moveTo(x - r, y - r); c.lineTo(x + r, y + r)
      c.moveTo(x + r, y - r); c.lineTo(x - r, y + r)
      c.stroke()
    },
    diamond: (c, x, y, r) => {
      c.moveTo(x, y - 1.6 * r); c.lineTo(x + 1.6 * r, y); c.lineTo(x, y + 1.6 * r); c.lineTo(x - 1.6 * r, y)
      c.fill()
    },
  }
  const dashes = { dash: [8, 5], dot: [2, 4] }

  // stands tells whether a point can be drawn: on a logarithmic axis zero cannot.
  const stands = (spec, v) => v != null && !(spec.y.log && v <= 0)

  const drawPoints = (u, spec, series) => {
    const { ctx } = u
    const scale = devicePixelRatio
    ctx.save()
    ctx.beginPath()
    ctx.rect(u.bbox.left - 8 * scale, u.bbox.top - 8 * scale, u.bbox.width + 16 * scale, u.bbox.height + 16 * scale)
    ctx.clip()
    ctx.strokeStyle = ctx.fillStyle = colour(`s${series.colour}`)
    ctx.setLineDash([]) // of the lines before
    series.values.forEach((v, i) => {
      if (!stands(spec, v)) return
      const [x, y] = [u.valToPos(spec.x.values[i], 'x', true), u.valToPos(v, 'y', true)]
      const [low, high] = [series.low?.[i], series.high?.[i]]
      if (low != null && high != null) {
        ctx.lineWidth = scale
        ctx.globalAlpha = 0.35
        ctx.beginPath()
        ctx.moveTo(x, stands(spec, low) ? u.valToPos(low, 'y', true) : y + 14 * scale)
        ctx.lineTo(x, u.valToPos(high, 'y', true))
        if (!stands(spec, low)) { // it may be anywhere below
          ctx.moveTo(x - 3 * scale, y + 10 * scale)
          ctx.lineTo(x, y + 14 * scale)
          ctx.lineTo(x + 3 * scale, y + 10 * scale)
        }
        ctx.stroke()
        ctx.globalAlpha = 1
      }
      ctx.lineWidth = 2 * scale
      ctx.beginPath()
      shapes[series.shape](ctx, x, y, (series.shape === 'diamond' ? 5 : 4) * scale)
    })
    ctx.restore()
  }

  // drawBehind shades spans of the x axis, and marks values with lines and their names.
  const drawBehind = (u, spec) => {
    const { ctx, bbox } = u
    const scale = devicePixelRatio
    ctx.save()
    ctx.beginPath()
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
    ctx.clip()
    ctx.fillStyle = colour('hazard')
    for (const band of spec.bands ?? []) {
      const [from, to] = [u.valToPos(band.from, 'x', true), u.valToPos(band.to, 'x', true)]
      ctx.fillRect(from, bbox.top, Math.max(to - from, 2 * scale), bbox.height)
    }
    ctx.strokeStyle = ctx.fillStyle = colour('soft')
    ctx.lineWidth = scale
    ctx.setLineDash([4 * scale, 4 * scale])
    ctx.font = `${12 * scale}px system-ui, sans-serif`
    for (const mark of spec.marks ?? []) {
      const y = mark.axis === 'y'
      const at = u.valToPos(mark.at, y ? 'y' : 'x', true)
      ctx.beginPath()
      if (y) {
        ctx.moveTo(bbox.left, at); ctx.lineTo(bbox.left + bbox.width, at)
      } else {
        ctx.moveTo(at, bbox.top); ctx.lineTo(at, bbox.top + bbox.height)
      }
      ctx.stroke()
      const right = y || at > bbox.left + bbox.width / 2
      ctx.textAlign = right ? 'right' : 'left'
      const x = y ? bbox.left + bbox.width : at
      ctx.fillText(mark.name, x + (right ? -4 : 4) * scale, y ? at - 5 * scale : bbox.top + 13 * scale)
    }
    ctx.restore()
  }

  // nearest is the drawn point next to the cursor, as [series, index] from 0.
  const nearest = (u, spec) => {
    if (u.pinned) return u.pinned // of points in one place, the one that is meant
    let [best, found] = [Infinity, null]
    spec.series.forEach((series, s) => {
      if (!shapes[series.shape]) return
      series.values.forEach((v, i) => {
        if (!stands(spec, v)) return
        const far = Math.hypot(u.valToPos(spec.x.values[i], 'x') - u.cursor.left, u.valToPos(v, 'y') - u.cursor.top)
        if (far < best) [best, found] = [far, [s, i]]
      })
    })
    return found
  }

  // dataOf is what is drawn: values, or how high they come on top of each other.
  const dataOf = (spec) => {
    if (!spec.stack) return [spec.x.values, ...spec.series.map((s) => s.values)]
    const heights = spec.x.values.map(() => 0)
    return [spec.x.values, ...spec.series.map((s) => s.values.map((v, i) => (v == null ? null : (heights[i] += v))))]
  }

  // fillsOf are the spaces between series that are filled.
  const fillsOf = (spec) => {
    const pairs = spec.stack ? spec.series.slice(1).map((_, i) => [i + 1, i]) : spec.fills ?? []
    return pairs.map(([upper, lower]) => ({ series: [upper + 1, lower + 1], fill: faint(colour(`s${spec.series[upper].colour}`), spec.stack ? 0.5 : 0.18) }))
  }

  const seriesOf = (spec, series) => {
    const ink = colour(`s${series.colour}`)
    const line = !shapes[series.shape]
    return {
      label: series.name,
      stroke: ink,
      width: line ? (spec.stack ? 1 : 2) : 0,
      dash: dashes[series.shape],
      spanGaps: Boolean(spec.points),
      fill: series.shape === 'area' ? faint(ink, spec.stack ? 0.5 : 0.25) : undefined,
      paths: !line ? () => null : spec.steps ? uPlot.paths.stepped({ align: 1 }) : undefined,
      points: { show: line && !spec.steps && series.values.filter((v) => v != null).length < 30 },
    }
  }

  const range = (axis, values) => {
    const seen = values.filter((v) => v != null && !(axis.log && v <= 0))
    const [least, most] = [axis.min ?? Math.min(...seen), axis.max ?? Math.max(...seen)]
    if (!Number.isFinite(least) || !Number.isFinite(most)) return axis.log ? [0.1, 1] : [0, 1]
    if (axis.log) return [least / 1.5, Math.min(most * 1.5, axis.unit === 'chance' ? 1.5 : Infinity)]
    const room = axis.tight ? 0 : (most - least || Math.abs(most) || 1) * 0.06
    return [axis.min ?? (least >= 0 && least - room < 0 ? 0 : least - room), axis.max ?? most + room]
  }

  // steps are the values of a logarithmic axis of time that people know.
  const steps = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 28800, 86400]

  const timeSplits = (u, axis, from, to) => {
    let last = -Infinity
    return steps.filter((s) => {
      if (s < from || s > to || u.valToPos(s, 'x') - last < 60) return false
      last = u.valToPos(s, 'x')
      return true
    })
  }

  const decades = (u, axis, from, to) => {
    const [first, last] = [Math.ceil(Math.log10(from) - 1e-9), Math.floor(Math.log10(to) + 1e-9)]
    const room = Math.max(1, Math.floor((u.bbox.height / devicePixelRatio || 200) / 24)) // labels
    const each = Math.max(1, Math.ceil((last - first + 1) / room))
    return Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i)).filter((_, i) => i % each === 0)
  }

  const axisOf = (axis, vertical) => ({
    label: vertical ? undefined : axis.label,
    labelSize: 20,
    ...(axis.unit === 'clock' && !axis.log ? { incrs: steps.filter((s) => s >= 1) } : {}),
    ...(axis.log ? { splits: vertical ? decades : timeSplits, filter: (u, splits) => splits } : {}),
    labelFont: '12px system-ui, sans-serif',
    font: '12px system-ui, sans-serif',
    size: vertical ? 74 : 34,
    stroke: colour('soft'),
    grid: { stroke: faint(colour('soft'), 0.2), width: 1 },
    ticks: { stroke: faint(colour('soft'), 0.4), width: 1, size: 5 },
    space: vertical ? 30 : 64,
    values: (u, splits) => splits.map((v) => (v == null ? null : units[axis.unit](v))),
  })

  // read shows what is at the cursor beside the legend.
  const read = (u, spec, box) => {
    const figure = box.closest('figure')
    const outputs = figure.querySelectorAll('.legend output')
    const picked = spec.points && u.cursor.left >= 0 ? nearest(u, spec) : null
    const i = spec.points ? picked?.[1] : u.cursor.idx
    figure.querySelector('.at').textContent = i == null ? '' : spec.names?.[i] ?? `${spec.x.label}: ${say(spec.x, spec.x.values[i])}`
    spec.series.forEach((series, s) => {
      const shown = i != null && (!spec.points || picked[0] === s)
      outputs[s].textContent = shown ? say(spec.y, series.values[i]) : ''
    })
    if (spec.points) box.dispatchEvent(new CustomEvent('pick', { detail: i ?? null }))
  }

  const draw = (spec) => {
    const box = document.getElementById(spec.id)
    const seen = plots.get(spec.id)
    seen?.destroy()
    const ys = () => spec.series.flatMap((s) => [...s.values, ...(s.low ?? []), ...(s.high ?? [])]) // live pages add to them
    const ofMarks = (axis) => (spec.marks ?? []).filter((m) => (m.axis === 'y') === (axis === 'y')).map((m) => m.at)
    const u = new uPlot({
      width: box.clientWidth,
      height: box.clientHeight,
      legend: { show: false },
      cursor: {
        y: Boolean(spec.points),
        drag: { x: !spec.points, y: false },
        sync: spec.sync ? { key: spec.sync, scales: ['x', null] } : undefined, // charts' values of x may differ
        dataIdx: spec.points ? (self, s) => { const near = nearest(self, spec); return near && near[0] === s - 1 ? near[1] : null } : undefined,
      },
      scales: {
        x: { time: false, distr: spec.x.log ? 3 : 1, range: spec.points ? () => range(spec.x, [...spec.x.values, ...ofMarks('x')]) : (self, min, max) => (min < max ? [min, max] : [min, min + 1]) },
        y: { distr: spec.y.log ? 3 : 1, range: () => range(spec.y, [...ys(), ...ofMarks('y')]) },
      },
      axes: [axisOf(spec.x, false), axisOf(spec.y, true)],
      series: [{}, ...spec.series.map((s) => seriesOf(spec, s))],
      bands: fillsOf(spec),
      hooks: {
        drawClear: [(self) => drawBehind(self, spec)],
        draw: [(self) => spec.series.filter((s) => shapes[s.shape]).forEach((s) => drawPoints(self, spec, s))],
        setCursor: [(self) => read(self, spec, box)],
      },
    }, dataOf(spec), box)
    plots.set(spec.id, u)
  }

  // renew draws a chart whose values have changed, where the reader is looking.
  const renew = (spec) => {
    const u = plots.get(spec.id)
    const [{ min, max }, was] = [u.scales.x, u.data[0]]
    const close = was.length > 1 && (min > was[0] || max < was[was.length - 1])
    u.setData(dataOf(spec), !close)
    if (close) u.setScale('x', { min, max })
    // A pointer stays where it is; keys have chosen a value, which moves with the scale.
    const { idx, left } = u.cursor
    if (left >= 0 && document.activeElement?.id === spec.id) queueMicrotask(() => pointAt(spec, idx)) // after uPlot's own
  }

  // pointAt moves the cursor of a chart to its i-th value, and those of charts that
  // share it.
  const pointAt = (spec, i, s = 0) => {
    const u = plots.get(spec.id)
    const v = spec.series[s].values[i]
    u.pinned = spec.points ? [s, i] : null
    u.setCursor({ left: u.valToPos(spec.x.values[i], 'x'), top: stands(spec, v) ? u.valToPos(v, 'y') : 1 }, true, true)
    u.pinned = null
  }

  // keys move the cursor as a pointer does.
  const listen = (spec) => {
    const box = document.getElementById(spec.id)
    let at = -1
    box.addEventListener('keydown', (e) => {
      const last = spec.x.values.length - 1
      const step = e.shiftKey ? Math.max(10, Math.round(last / 20)) : 1
      const to = { ArrowRight: at + step, ArrowLeft: at - step, Home: 0, End: last }[e.key]
      if (e.key === 'Escape') plots.get(spec.id).setCursor({ left: -10, top: -10 }, true, true)
      if (to === undefined) return
      e.preventDefault()
      at = Math.min(Math.max(to, 0), last)
      pointAt(spec, at, Math.max(spec.series.findIndex((s) => stands(spec, s.values[at])), 0))
    })
    new ResizeObserver(() => {
      const u = plots.get(spec.id)
      if (u.width !== box.clientWidth || u.height !== box.clientHeight) u.setSize({ width: box.clientWidth, height: box.clientHeight })
    }).observe(box)
  }

  const drawAll = () => {
    inks.clear()
    specs.forEach(draw)
  }

  // ---- theme ----

  const themes = ['system', 'light', 'dark']

  const setTheme = (theme) => {
    if (theme === 'system') delete root.dataset.theme
    else root.dataset.theme = theme
    document.querySelector('#theme span').textContent = theme
    drawAll()
  }

  // Some browsers keep nothing for files.
  const remember = (theme) => { try { localStorage.setItem('soak-theme', theme) } catch { /* it is lost with the page */ } }
  const remembered = () => { try { return localStorage.getItem('soak-theme') } catch { return null } }

  document.getElementById('theme').addEventListener('click', () => {
    const next = themes[(themes.indexOf(root.dataset.theme ?? 'system') + 1) % themes.length]
    remember(next)
    setTheme(next)
  })
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll)
  matchMedia('print').addEventListener('change', drawAll)

  // ---- copying ----

  const select = (element) => getSelection().selectAllChildren(element)

  for (const button of document.querySelectorAll('[data-copy]')) {
    button.addEventListener('click', async () => {
      const source = document.getElementById(button.dataset.copy)
      try {
        await navigator.clipboard.writeText(source.textContent)
        button.textContent = 'Copied'
      } catch {
        select(source)
        button.textContent = 'Selected: press Ctrl+C'
      }
    })
  }

  const start = remembered()
  setTheme(themes.includes(start) ? start : 'system')
  specs.forEach(listen)

  return { specs, plots, renew, pointAt, isPoint: (series) => Boolean(shapes[series.shape]), spec: (id) => specs.find((s) => s.id === id) }
})()
