import { LabIcon } from "@jupyterlab/ui-components";
import { iconSvg } from "./ui/icon-paths.ts";

export const promoteIcon = new LabIcon({ name: "tickbook:promote", svgstr: iconSvg("promote") });
export const scheduleIcon = new LabIcon({ name: "tickbook:schedule", svgstr: iconSvg("clock") });
export const liveIcon = new LabIcon({ name: "tickbook:live", svgstr: iconSvg("fill") });
