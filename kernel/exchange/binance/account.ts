import { decimalText } from "#core";
import { amountText } from "../texts.ts";
import { binanceSymbol, type Desk, instrumentOf, type Operation, stamp } from "./desk.ts";

/** What the account has, in the order of the instruments, the quote asset last. */
export const accountStatus: Operation = (desk, _, account) => {
  const { market } = desk;
  const { quote, base } = market.funds(account);
  const instruments = market.tapes.map(({ instrument }) => instrument);
  const row = (asset: string, { free, locked }: typeof quote) => ({
    asset,
    free: amountText(instruments[0]!, free),
    locked: amountText(instruments[0]!, locked),
  });
  const rate = commissionRate(desk);
  return {
    makerCommission: Math.round(market.terms.fees.bps),
    takerCommission: Math.round(market.terms.fees.bps),
    buyerCommission: 0,
    sellerCommission: 0,
    commissionRates: { maker: rate, taker: rate, buyer: NO_RATE, seller: NO_RATE },
    canTrade: true,
    canWithdraw: false,
    canDeposit: false,
    brokered: false,
    requireSelfTradePrevention: false,
    preventSor: false,
    updateTime: stamp(market.now),
    accountType: "SPOT",
    balances: [
      ...instruments.map((instrument, i) => row(instrument.base, base[i]!)),
      row(instruments[0]!.quote, quote),
    ],
    permissions: ["SPOT"],
    uid: account + 1,
  };
};

export const accountCommission: Operation = (desk, params) => {
  const instrument = desk.market.instrument(instrumentOf(desk, params));
  const rate = commissionRate(desk);
  const none = { maker: NO_RATE, taker: NO_RATE, buyer: NO_RATE, seller: NO_RATE };
  return {
    symbol: binanceSymbol(instrument),
    standardCommission: { ...none, maker: rate, taker: rate },
    specialCommission: none,
    taxCommission: none,
    discount: { enabledForAccount: false, enabledForSymbol: false, discountAsset: "BNB", discount: NO_RATE },
  };
};

const NO_RATE = "0.00000000";

/** Fees have three decimals in basis points, so eight are enough for the rate. */
function commissionRate({ market }: Desk): string {
  return decimalText(BigInt(Math.round(market.terms.fees.bps * 1000)) * 10n, 8);
}
