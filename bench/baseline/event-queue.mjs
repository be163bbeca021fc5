// The engine most people write first: a queue of event objects, a Map of positions, handlers by event type.
// It is the baseline that bench/backtest.mjs measures against, kept plain on purpose.

export function naiveBacktest({ bars, fast, slow, first }, { capital, fee, slippage, weight }) {
  const queue = [];
  const positions = new Map();
  const equity = [];
  let orders = [];
  let cash = capital;
  let fills = 0;
  const handlers = {
    bar(event) {
      const remaining = [];
      for (const order of orders) {
        const price = order.quantity > 0 ? event.bar.open * (1 + slippage) : event.bar.open * (1 - slippage);
        queue.push({ type: "fill", symbol: event.bar.symbol, quantity: order.quantity, price });
      }
      orders = remaining;
      queue.push({ type: "strategy", bar: event.bar });
    },
    fill(event) {
      const held = positions.get(event.symbol) ?? { quantity: 0 };
      cash -= event.quantity * event.price + Math.abs(event.quantity) * event.price * fee;
      positions.set(event.symbol, { quantity: held.quantity + event.quantity });
      fills++;
    },
    strategy({ bar }) {
      const held = positions.get(bar.symbol)?.quantity ?? 0;
      const value = cash + held * bar.close;
      equity.push({ time: bar.time, value });
      if (bar.fast > bar.slow) {
        if (held === 0) queue.push({ type: "order", quantity: (weight * value) / bar.close });
      } else if (held !== 0) queue.push({ type: "order", quantity: -held });
    },
    order(event) {
      orders.push({ quantity: event.quantity });
    },
  };
  for (let i = first; i < bars.length; i++) {
    queue.push({
      type: "bar",
      bar: {
        symbol: "BTC/USDT",
        time: bars.time[i],
        open: bars.open[i],
        high: bars.high[i],
        low: bars.low[i],
        close: bars.close[i],
        volume: bars.volume[i],
        fast: fast[i],
        slow: slow[i],
      },
    });
    while (queue.length > 0) {
      const event = queue.shift();
      handlers[event.type](event);
    }
  }
  return { equity: equity.at(-1).value, fills };
}
