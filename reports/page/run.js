'use strict'
// A link to a viewer's diary opens it.

for (const link of document.querySelectorAll('a[data-opens]')) {
  link.addEventListener('click', (e) => {
    e.preventDefault()
    const diary = document.getElementById(link.dataset.opens)
    diary.open = true
    diary.scrollIntoView({ block: 'start' })
    diary.querySelector('summary').focus({ preventScroll: true })
  })
}
