FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build --chown=node:node /app/package.json ./
COPY --from=build --chown=node:node /app/node_modules ./node_modules
COPY --from=build --chown=node:node /app/dist ./dist
COPY --from=build --chown=node:node /app/scripts ./scripts
# For the embedded PostgreSQL, where there is no DATABASE_URL, and for what `npm run whatsapp:version` finds out.
RUN mkdir .data && chown node:node .data
VOLUME /app/.data
# PostgreSQL refuses to run as root, should it be embedded; nothing else here needs root either.
USER node
EXPOSE 3000
CMD ["node", "dist/apps/gateway/src/main.js"]
