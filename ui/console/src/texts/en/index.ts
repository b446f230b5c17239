import admin from "./admin";
import desk from "./desk";
import events from "./events";
import house from "./house";

export default { ...house, ...desk, ...admin, ...events };
