import { ApartmentOutlined, ApiOutlined, GlobalOutlined, KeyOutlined, MessageOutlined, SafetyOutlined, ThunderboltOutlined, UserOutlined } from "@ant-design/icons";
import type { ReactNode } from "react";
import type { Section } from "./sections";

export const sectionIcons: Record<Section["name"], ReactNode> = {
  widgets: <MessageOutlined />,
  departments: <ApartmentOutlined />,
  users: <UserOutlined />,
  roles: <SafetyOutlined />,
  apiKeys: <KeyOutlined />,
  webhooks: <ApiOutlined />,
  events: <ThunderboltOutlined />,
  sites: <GlobalOutlined />,
};
