import admin from "./admin";
import desk from "./desk";
import house from "./house";

export default { ...house, ...desk, ...admin };
