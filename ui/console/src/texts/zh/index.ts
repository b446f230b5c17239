import admin from "./admin";
import desk from "./desk";
import events from "./events";
import house from "./house";
import integrations from "./integrations";
import tickets from "./tickets";

export default { ...house, ...desk, ...admin, ...events, ...integrations, ...tickets };
