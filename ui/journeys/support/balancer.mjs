// What stands before two nodes: takes connections, gives each to the first node that answers, and can cut them all.
import { connect, createServer } from 'node:net'

/** Balances over `ports`, the first that accepts; `url` is what browsers are told. */
export async function startBalancer(ports) {
  const pairs = new Set()
  const give = (client, [port, ...others]) => {
    if (port === undefined) return client.destroy()
    const node = connect(port, '127.0.0.1')
    node.once('error', () => give(client, others))
    node.once('connect', () => {
      node.removeAllListeners('error')
      if (client.destroyed) return node.destroy()
      const pair = [client, node]
      pairs.add(pair)
      for (const [one, other] of [[client, node], [node, client]]) {
        one.on('error', () => other.destroy())
        one.on('close', () => { other.destroy(); pairs.delete(pair) })
      }
      client.pipe(node).pipe(client)
    })
  }
  const server = createServer({ pauseOnConnect: true }, (client) => {
    client.on('error', () => client.destroy())
    give(client, balancer.ports)
  })
  const balancer = {
    ports,
    url: '',
    /** Every connection ends at once, without a goodbye. */
    cut() { for (const pair of pairs) for (const socket of pair) socket.resetAndDestroy() },
    /** How many connections each node has. */
    open: (port) => [...pairs].filter(([, node]) => node.remotePort === port).length,
    stop() { balancer.cut(); server.close() },
  }
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  balancer.url = `http://127.0.0.1:${server.address().port}`
  return balancer
}
