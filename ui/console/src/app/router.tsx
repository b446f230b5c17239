import { createBrowserRouter, Navigate, type RouteObject } from "react-router";
import { Home, Root, SignedIn } from "./guards";
import { RouteFailure } from "./RouteFailure";

type Screen = { default: React.ComponentType };
const page = (load: () => Promise<Screen>): RouteObject["lazy"] => async () => ({ Component: (await load()).default });

/** Every screen of the console, in reading order. */
const settings: RouteObject[] = [
  { index: true, lazy: page(() => import("@/features/settings/SettingsHome")) },
  { path: "widgets", lazy: page(() => import("@/features/widgets/WidgetsPage")) },
  { path: "widgets/:id", lazy: page(() => import("@/features/widgets/WidgetEditor")) },
  { path: "users", lazy: page(() => import("@/features/people/UsersPage")) },
  { path: "roles", lazy: page(() => import("@/features/people/RolesPage")) },
  { path: "departments", lazy: page(() => import("@/features/people/DepartmentsPage")) },
  { path: "macros", lazy: page(() => import("@/features/tickets/MacrosPage")) },
  { path: "ticket-rules", lazy: page(() => import("@/features/tickets/RulesPage")) },
  { path: "api-keys", lazy: page(() => import("@/features/apikeys/ApiKeysPage")) },
  { path: "webhooks", lazy: page(() => import("@/features/webhooks/WebhooksPage")) },
  { path: "webhooks/:id", lazy: page(() => import("@/features/webhooks/WebhookPage")) },
  { path: "integrations", lazy: page(() => import("@/features/integrations/IntegrationsPage")) },
  { path: "integrations/:kind", lazy: page(() => import("@/features/integrations/IntegrationPage")) },
  { path: "events", lazy: page(() => import("@/features/events/OverviewPage")) },
  { path: "events/explorer", lazy: page(() => import("@/features/events/ExplorerPage")) },
  { path: "events/explorer/:id", lazy: page(() => import("@/features/events/EventPage")) },
  { path: "events/dead-letters", lazy: page(() => import("@/features/events/DeadLettersPage")) },
  { path: "events/replays", lazy: page(() => import("@/features/events/ReplaysPage")) },
  { path: "events/subscriptions", lazy: page(() => import("@/features/events/SubscriptionsPage")) },
  { path: "sites", lazy: page(() => import("@/features/sites/SitesPage")) },
];

const screens: RouteObject[] = [
  { path: "/", element: <Home /> },
  { path: "/desk/:chat?", lazy: page(() => import("@/features/desk/DeskPage")) },
  { path: "/visitors", lazy: page(() => import("@/features/visitors/VisitorsPage")) },
  { path: "/history/:chat?", lazy: page(() => import("@/features/history/HistoryPage")) },
  { path: "/tickets", lazy: page(() => import("@/features/tickets/TicketsPage")) },
  { path: "/tickets/:id", lazy: page(() => import("@/features/tickets/TicketPage")) },
  { path: "/settings", lazy: page(() => import("@/features/settings/SettingsLayout")), children: settings },
  { path: "/me", lazy: page(() => import("@/features/me/MePage")) },
  { path: "*", element: <Navigate to="/" replace /> },
];

export const router = createBrowserRouter([
  {
    element: <Root />,
    errorElement: <main><RouteFailure /></main>,
    hydrateFallbackElement: <></>,
    children: [
      { path: "/sign-in", lazy: page(() => import("@/features/session/SignInPage")) },
      { path: "/link", lazy: page(() => import("@/features/session/LinkPage")) },
      {
        element: <SignedIn />,
        children: [
          { path: "/set-password", lazy: page(() => import("@/features/session/SetPasswordPage")) },
          {
            lazy: page(() => import("./Shell")),
            // A screen that fails leaves the rail standing: the others go on.
            children: [{ errorElement: <RouteFailure />, children: screens }],
          },
        ],
      },
    ],
  },
]);
