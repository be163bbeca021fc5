import type { ReactNode } from "react";
import { Icon } from "../ui/icons.tsx";

const STEPS = ["Check", "Review", "Done"] as const;

/** Header, body and footer of the dialog; `step` counts from 1, or 0 for none. */
export function Frame(props: {
  title: string;
  step: number;
  notebook: string;
  chip?: ReactNode;
  /** Something was refused: it is read out at once. */
  isAlert?: boolean;
  footer: ReactNode;
  children: ReactNode;
}) {
  const { title, step, notebook, chip, isAlert = false, footer, children } = props;
  const inside = (
    <>
      <div className="dlg-head">
        <h2 className="nw">{title}</h2>
        {step > 0 ? (
          <ol className="steps grow" aria-label={`Step ${step} of ${STEPS.length}`}>
            {STEPS.map((name, index) => (
              <li
                key={name}
                className={index + 1 < step ? "past" : index + 1 === step ? "now" : ""}
                aria-current={index + 1 === step ? "step" : undefined}
              >
                {index + 1 < step ? <Icon name="check" className="sm" /> : <span>{index + 1}</span>} {name}
              </li>
            ))}
          </ol>
        ) : (
          <span className="grow" />
        )}
        {chip}
        <span className="m mono path" title={notebook}>
          {notebook}
        </span>
      </div>
      {children}
      {footer}
    </>
  );
  return isAlert ? (
    <div className="tb-dialog promote" role="alertdialog" aria-label={title}>
      {inside}
    </div>
  ) : (
    <section className="tb-dialog promote" aria-label={title}>
      {inside}
    </section>
  );
}
