// Stands for the fc3 component in `s verify`, which asks a component for nothing but its schema.
const fs = require('fs');
const path = require('path');

module.exports.default = class {
  async getSchema() {
    return fs.readFileSync(path.join(__dirname, 'schema.json'), 'utf8');
  }
};
