// Runs axe-core on the page and gives what it found, a line each.
async () => {
  const {violations} = await axe.run(document, {resultTypes: ['violations']});
  return violations.flatMap(({id, help, nodes}) => nodes.map(({target, html, failureSummary}) =>
    `${id}: ${help}: ${target.flat().join(' ')}: ${html.slice(0, 160)}: ${failureSummary.replace(/\s+/g, ' ')}`));
}
