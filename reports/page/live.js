'use strict'
// The page of a run under way: it shows what comes in events, once a second, and asks
// the server to do what its buttons say. Text goes in as text, never as markup.

{
  const $ = (id) => document.getElementById(id)

  const element = (name, { text, ...rest } = {}, children = []) => {
    const e = Object.assign(document.createElement(name), rest)
    if (text !== undefined) e.textContent = text
    e.append(...children)
    return e
  }

  const write = (e, text) => { if (e.textContent !== text) e.textContent = text }

  // ---- figures ----

  const list = (section, lines) => {
    section.hidden = lines.length === 0
    section.querySelector('ul').replaceChildren(...lines.map((text) => element('li', {}, [element('bdi', { text })])))
  }

  const tiles = (box, all) => {
    const known = [...box.querySelectorAll('dt')].map((e) => e.textContent)
    if (all.length !== known.length || all.some((t, i) => t.Name !== known[i])) {
      box.replaceChildren(...all.map((t) => element('div', {}, [
        element('dt', { text: t.Name }), element('dd', {}, [element('span'), element('small')]),
      ])))
    }
    all.forEach((t, i) => {
      write(box.children[i].querySelector('span'), t.Value)
      write(box.children[i].querySelector('small'), t.Note)
    })
  }

  const thresholds = (rows) => {
    $('thresholds').tBodies[0].replaceChildren(...rows.map((r) => element('tr', {}, [
      element('td', {}, [element('span', { text: `${r.Mark} ${r.Word}`, className: r.Class })]),
      element('th', { scope: 'row', className: 'free' }, [element('bdi', { text: r.Condition })]),
      element('td', { className: 'free' }, [element('bdi', { text: r.Found })]),
    ])))
  }

  // ---- charts ----

  // joined is a new list: uPlot still has the old one, and tells by it where it stands.
  const joined = (values, from, more) => [...(values ?? []).slice(0, from), ...more]

  const renew = (update) => {
    const spec = soak.spec(update.id)
    spec.x.values = joined(spec.x.values, update.from, update.x)
    spec.series.forEach((s, i) => {
      const { values, low, high } = update.series[i]
      s.values = joined(s.values, update.from, values)
      if (low) s.low = joined(s.low, update.from, low)
      if (high) s.high = joined(s.high, update.from, high)
    })
    spec.bands = update.bands
    spec.marks = update.marks
    soak.renew(spec)
  }

  // ---- state ----

  let state = 'waiting'

  const allow = () => {
    for (const [id, states] of Object.entries({ start: ['waiting'], hold: ['running'], resume: ['held'], stop: ['waiting', 'running', 'held'] })) {
      $(id).hidden = !states.includes(state)
    }
    if ($('inject')) $('inject').disabled = !['running', 'held'].includes(state)
  }

  const seconds = (clock) => clock.split(':').reduce((sum, part) => 60 * sum + Number(part), 0)

  const show = (f) => {
    state = f.state
    document.body.dataset.state = state
    $('verdict').className = f.class
    write($('verdict'), `${f.mark} ${f.verdict}`)
    write($('noticed'), `: ${f.noticed}`)
    write($('run'), f.run)
    write($('clock'), f.clock)
    const [at, of] = f.clock.split(' of ').map(seconds)
    $('elapsed').value = of > 0 ? at / of : 0
    list($('reasons'), f.reasons)
    list($('byhand'), f.byHand)
    thresholds(f.thresholds)
    tiles($('tiles'), f.tiles)
    tiles($('health'), f.health)
    f.charts.forEach(renew)
    allow()
  }

  const events = new EventSource('events')
  events.onopen = () => write($('link'), '')
  events.onmessage = (e) => {
    const frame = JSON.parse(e.data)
    if (frame.reload) {
      events.close()
      location.reload()
      return
    }
    show(frame)
  }
  events.addEventListener('end', () => {
    events.close()
    write($('link'), 'The run is over and the server has gone; this is what came of it.')
  })
  events.onerror = () => write($('link'), 'No connection; trying again …')

  // ---- control ----

  const say = (text) => write($('said'), text)

  const ask = async (action, body = {}) => {
    say('…')
    try {
      const answer = await fetch(`control/${action}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
      say(answer.ok ? 'done' : await answer.text())
    } catch (e) {
      say(`no answer: ${e.message}`)
    }
  }

  for (const button of document.querySelectorAll('[data-do]')) {
    button.addEventListener('click', () => {
      if (button.dataset.do === 'stop' && !confirm('End the run now? The report covers what was.')) return
      ask(button.dataset.do)
    })
  }

  const kind = $('kind')
  const needs = () => {
    const chosen = kind.selectedOptions[0].dataset
    for (const label of document.querySelectorAll('[data-needs]')) {
      label.hidden = chosen[label.dataset.needs] !== 'true'
      label.querySelector('input').disabled = label.hidden
    }
  }
  kind?.addEventListener('change', needs)
  if (kind) needs()
  $('fault')?.addEventListener('submit', (e) => {
    e.preventDefault()
    const fault = { kind: kind.value }
    if (!$('for').disabled) fault.seconds = Number($('for').value)
    if (!$('delay').disabled) fault.delayMillis = Number($('delay').value)
    ask('inject', fault)
  })

  allow()
}
