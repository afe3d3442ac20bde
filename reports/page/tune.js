'use strict'
// The cursor of soak tune's page: what is pointed at in the map is shown with all its
// figures, and on the frontier; what is pointed at there, in the map.

{
  const frontier = soak.spec('frontier-chart')
  const fields = new Map() // by the cell's number
  for (const td of document.querySelectorAll('td[data-cell]')) fields.set(Number(td.dataset.cell), td)
  const heads = [...document.querySelectorAll('#cells th')].map((th) => th.textContent)
  const panel = document.querySelector('.picked dl')
  let at = null

  // show tells of a cell, and marks it.
  const show = (cell) => {
    if (at !== null) fields.get(at)?.classList.remove('here')
    at = cell
    fields.get(cell)?.classList.add('here')
    const row = document.getElementById(`cell-${cell}`)
    if (!row) return
    panel.replaceChildren(...[...row.cells].flatMap((td, i) => {
      if (td.textContent === '') return []
      const [pair, dt, dd] = ['div', 'dt', 'dd'].map((name) => document.createElement(name))
      dt.textContent = heads[i]
      dd.textContent = td.textContent
      pair.append(dt, dd)
      return [pair]
    }))
  }

  // locate moves the frontier's cursor to a cell.
  const locate = (cell) => {
    const i = frontier.refs.indexOf(cell)
    const s = frontier.series.findIndex((series) => soak.isPoint(series) && series.values[i] != null)
    if (i >= 0 && s >= 0) soak.pointAt(frontier, i, s)
  }

  const focus = (td) => {
    for (const other of td.closest('table').querySelectorAll('td[data-cell]')) other.tabIndex = -1
    td.tabIndex = 0
    td.focus()
  }

  // beside is the next field in a direction, over what is empty.
  const beside = (td, right, down) => {
    const rows = [...td.closest('tbody').rows]
    let [row, column] = [rows.indexOf(td.parentElement) + down, td.cellIndex + right]
    for (; rows[row]?.cells[column]; row += down, column += right) {
      if (rows[row].cells[column].dataset.cell) return rows[row].cells[column]
    }
    return null
  }
  const ways = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }

  for (const [cell, td] of fields) {
    const tell = () => {
      show(cell)
      locate(cell)
    }
    td.addEventListener('pointerenter', tell)
    td.addEventListener('focus', tell)
    td.addEventListener('click', () => focus(td))
    td.addEventListener('keydown', (e) => {
      const next = ways[e.key] && beside(td, ...ways[e.key])
      if (ways[e.key]) e.preventDefault()
      if (next) focus(next)
    })
  }
  for (const map of document.querySelectorAll('.map')) {
    const first = map.querySelector('td.chosen') ?? map.querySelector('td[data-cell]')
    if (first) first.tabIndex = 0
  }

  document.getElementById('frontier-chart').addEventListener('pick', (e) => {
    if (e.detail !== null) show(frontier.refs[e.detail])
  })

  const best = document.querySelector('td.chosen') ?? document.querySelector('td[data-cell]')
  if (best) show(Number(best.dataset.cell))
}
